// KafkaMessages
