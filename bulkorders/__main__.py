"""`python -m bulkorders` is the same program as `bulkorders`."""

from bulkorders.cli import main

if __name__ == "__main__":
    main()
