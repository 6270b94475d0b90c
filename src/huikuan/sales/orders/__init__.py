"""Orders: placed, judged for credit, held or free, released, delivered, signed for."""
