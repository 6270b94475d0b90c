"""VAT e-invoices (数电票): the numbers under which bills were issued at the tax platform. Issuing them is not built."""
