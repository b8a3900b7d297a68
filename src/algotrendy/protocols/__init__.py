"""What things do: one contract a file, each with a minimal implementation and its check ids."""
