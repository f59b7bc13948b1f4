"""Pure decisions: no input or output, no clock, no chance, nothing of the rest of the program.

What the time is, which entropy an id gets and what is stored come in as arguments. What somebody
typed and cannot be read is answered with a `Refusal`, whose text is one sentence that may be shown.
"""
