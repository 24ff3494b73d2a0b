"""One dump's way: read to its verdict, taken through the stages, its outcome told."""
