"""A strict fake of what functions on AWS need: Lambda, IAM, API Gateway, EventBridge Scheduler, CloudWatch Logs."""
