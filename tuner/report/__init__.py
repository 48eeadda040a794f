"""What a person sees: screens, tables, the live board, files for other programs."""
