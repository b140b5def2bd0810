package shop;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import java.io.File;
import java.io.IOException;
import java.util.Locale;

final class Dial {
  private Dial() {}

  /**
   * Opens a channel to a service, whose address is in the environment: with mutual TLS where
   * MESH_CA_FILE is set, in plaintext otherwise.
   */
  static ManagedChannel dial(String service) throws IOException {
    String target = System.getenv(service.toUpperCase(Locale.ROOT) + "_TARGET");
    String authority = System.getenv("MESH_CA_FILE");
    if (authority == null) {
      return Grpc.newChannelBuilder(target, InsecureChannelCredentials.create()).build();
    }
    File certificate = new File(System.getenv("MESH_CERT_FILE"));
    File key = new File(System.getenv("MESH_KEY_FILE"));
    var credentials =
        TlsChannelCredentials.newBuilder()
            .trustManager(new File(authority))
            .keyManager(certificate, key)
            .build();
    return Grpc.newChannelBuilder(target, credentials)
        .overrideAuthority(service.replace('_', '-') + ".market.internal")
        .build();
  }
}
