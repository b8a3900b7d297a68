"""The vector engine: numpy on events."""
