"""LaunchDarkly AI Configs, which newer pages call AgentControl: the REST API v2.

What is known of the API is what the vendor publishes (client 25.0.1, the REST pages), what the vendor's Terraform
provider 3.1.3 meets in its acceptance tests, and what others observed; no real server was at hand.
"""
