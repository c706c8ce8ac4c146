"""What happened: sources read, judged by contract, mapped to canonical tables, with an account that balances."""
