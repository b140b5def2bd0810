"""Makes what Kubernetes is told of the contract: who may reach whom, certificates, scaling."""
