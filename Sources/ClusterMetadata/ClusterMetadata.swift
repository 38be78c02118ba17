// ClusterMetadata
