"""What analyses find: frozen records of arrays and plain values, one file an analysis. `render` draws them."""
