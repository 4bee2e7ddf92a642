"""What builds and measures the product, and is not shipped with it."""
