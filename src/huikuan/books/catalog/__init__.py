"""What is sold: items, their tax codes and prices, all dated."""
