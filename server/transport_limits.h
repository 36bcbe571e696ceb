#ifndef PIXELCLIP_SERVER_TRANSPORT_LIMITS_H_
#define PIXELCLIP_SERVER_TRANSPORT_LIMITS_H_

#include <grpcpp/server_builder.h>

namespace pixelclip {

// What one connection may cost the server. Compressed messages are refused; ServerSettings limits all others.
struct TransportLimits {
  // A connection from which nothing came for this long is asked whether it is alive, and closed, its calls
  // cancelled, if it does not answer in time. Otherwise the calls of a client that lost its network would be
  // computed and kept for nobody.
  int keepalive_seconds = 60;
  int keepalive_timeout_seconds = 20;
  // A client that pings more often, for more than this many times, is sent away (GOAWAY, ENHANCE_YOUR_CALM).
  // The clients of this project ping every 20 s while a call is in progress.
  int min_ping_interval_seconds = 10;
  int max_ping_strikes = 2;
  // Time to connect: TLS handshake and HTTP/2 settings.
  int handshake_seconds = 10;
  // All metadata of one call. gRPC's own default, 8 KiB, is little for the headers that meshes add.
  int max_metadata_bytes = 16 << 10;
  // Calls in progress on one connection; a client keeps further ones back. Large enough that a client meets
  // the server's own limits first, which are answered at once.
  int max_concurrent_streams = 1000;
  // After this time a connection is closed for new calls, and those in progress have the grace to finish; the
  // client connects anew, and may reach another replica behind a balancer of connections. 0: never.
  int max_connection_age_seconds = 0;
  int max_connection_age_grace_seconds = 60;
};

void ApplyTransportLimits(grpc::ServerBuilder& builder, const TransportLimits& limits);

}  // namespace pixelclip

#endif  // PIXELCLIP_SERVER_TRANSPORT_LIMITS_H_
