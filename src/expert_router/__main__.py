"""`python -m expert_router` is the same program as `expert-router`."""

from expert_router.cli import main

if __name__ == "__main__":
    main()
