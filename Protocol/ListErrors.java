// Prints every error code of the Kafka release on the class path: code, name, whether a client may try again.

import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.Errors;

public class ListErrors {
    public static void main(String[] arguments) {
        java.util.Arrays.stream(Errors.values())
            .sorted(java.util.Comparator.comparingInt(Errors::code))
            .forEach(error -> System.out.println(
                error.code() + "\t" + error.name() + "\t" + (error.exception() instanceof RetriableException)));
    }
}
