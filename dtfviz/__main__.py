from dtfviz.cli import main

main()
