"""Pictures of numbers: what is drawn, how it is laid out, and how it is written as SVG."""
