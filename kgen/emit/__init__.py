"""From views to files: the only package that knows jinja2, and the only one that writes output."""
