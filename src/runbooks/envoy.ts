/** The configuration of an Envoy proxy that carries gRPC-Web to a node. */
import { WorkbenchError } from '../base/error';

export interface EnvoyOptions {
  readonly publicListener: string;
  readonly privateListener: string;
  /** "" where PoST states are not wanted. */
  readonly postListener: string;
  /** The page's origin. */
  readonly origin: string;
  readonly port: number;
}

/** A configuration for Envoy, for those who rather use a standard gRPC-Web proxy than the bridge. */
export function envoyConfig({
  publicListener,
  privateListener,
  postListener,
  origin,
  port,
}: EnvoyOptions): string {
  const cluster = (name: string, listener: string): string => {
    const match = /^([\w.-]+|\[[0-9a-f:]+\]):(\d{1,5})$/i.exec(listener);
    if (!match)
      throw new WorkbenchError(
        'listener-invalid',
        'A listener is host:port, such as 127.0.0.1:9092.',
      );
    return `    - name: ${name}
      type: STRICT_DNS
      connect_timeout: 5s
      typed_extension_protocol_options:
        envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
          "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
          explicit_http_config:
            http2_protocol_options: {}
      load_assignment:
        cluster_name: ${name}
        endpoints:
          - lb_endpoints:
              - endpoint:
                  address:
                    socket_address: { address: ${JSON.stringify(match[1])}, port_value: ${match[2] ?? ''} }
`;
  };
  const route = (prefix: string, name: string): string =>
    `                          - match: { prefix: ${JSON.stringify(prefix)} }
                            route: { cluster: ${name}, timeout: 0s, max_stream_duration: { grpc_timeout_header_max: 0s } }
`;
  return `static_resources:
  listeners:
    - name: grpc_web
      address:
        socket_address: { address: 127.0.0.1, port_value: ${port} }
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                codec_type: AUTO
                stat_prefix: grpc_web
                route_config:
                  virtual_hosts:
                    - name: node
                      domains: ["*"]
                      typed_per_filter_config:
                        envoy.filters.http.cors:
                          "@type": type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy
                          allow_origin_string_match: [{ exact: ${JSON.stringify(origin)} }]
                          allow_methods: "POST, OPTIONS"
                          allow_headers: "content-type, x-grpc-web, x-user-agent, grpc-timeout"
                          expose_headers: "grpc-status, grpc-message"
                      routes:
${route('/spacemesh.v1.AdminService/EventsStream', 'private')}${route('/spacemesh.v1.SmesherService/SmesherIDs', 'private')}${route('/spacemesh.v1.SmesherService/PostSetupStatus', 'private')}${postListener === '' ? '' : route('/spacemesh.v1.PostInfoService/', 'post')}${route('/spacemesh.v1.NodeService/', 'public')}${route('/spacemesh.v2alpha1.', 'public')}                http_filters:
                  - name: envoy.filters.http.cors
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors
                  - name: envoy.filters.http.grpc_web
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.grpc_web.v3.GrpcWeb
                  - name: envoy.filters.http.router
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
  clusters:
${cluster('public', publicListener)}${cluster('private', privateListener)}${postListener === '' ? '' : cluster('post', postListener)}`;
}
