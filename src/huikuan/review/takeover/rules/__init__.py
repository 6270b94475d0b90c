"""Decisions of the take-over, without Django, clock or network: what a file says, what a map means, what a row becomes.

files.py bytes to rows · maps.py the column map · values.py cells to values · claims.py rows to claims ·
papers.py lines to documents · extract.py SAP's records to both · plan.py what has to happen since the last load ·
tie.py their figures against ours · again.py a mended row known again.
"""
