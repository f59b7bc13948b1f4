"""The doors: thin, over the catalogue, with no word of the domain in them."""
