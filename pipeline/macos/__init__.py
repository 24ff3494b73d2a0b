"""What only a Mac has, asked of its own programs: values, and None where nobody knows."""
