"""A strict fake of what machines on AWS need: EC2, Systems Manager, ECR, IAM, STS. Its machines are processes."""
