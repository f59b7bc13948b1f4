"""What runs schedules when they are due: nobody calls it, and any process may do it."""
