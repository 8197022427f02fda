"""Writers: what a recording becomes outside this program, one file per format."""
