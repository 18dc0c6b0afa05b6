/**
 * gRPC-Web to gRPC. The frames are gRPC's own; what differs is that the trailers come as a last frame
 * (github.com/grpc/grpc, doc/PROTOCOL-WEB.md).
 */
import { connect, type IncomingHttpHeaders } from 'node:http2';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** github.com/grpc/grpc, doc/statuscodes.md */
export const grpcCode = { permissionDenied: 7, unimplemented: 12, unavailable: 14 } as const;

/** Requests are empty messages or a few fields. */
const maxRequestBytes = 64 * 1024;

const webHeaders = {
  'content-type': 'application/grpc-web+proto',
  'cache-control': 'no-store',
};

const trailerNames = ['grpc-status', 'grpc-message', 'grpc-status-details-bin'] as const;
type Trailers = Readonly<Record<string, string | number>>;

/** The trailers as gRPC-Web has them: a frame of its own, marked by the highest bit. */
function trailerFrame(trailers: Trailers): Buffer {
  const text = Object.entries(trailers)
    .map(([name, value]) => `${name}: ${String(value).replace(/[\r\n]/g, ' ')}\r\n`)
    .join('');
  const body = Buffer.from(text, 'utf8');
  const head = Buffer.alloc(5);
  head[0] = 0x80;
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

/** Ends a call with a status instead of a message. */
export function refuseCall(response: ServerResponse, code: number, message: string): void {
  if (!response.headersSent) response.writeHead(200, webHeaders);
  response.end(
    trailerFrame({
      'grpc-status': code,
      // gRPC percent-encodes what is not plain ASCII.
      'grpc-message': message.replace(/[^\x20-\x24\x26-\x7e]/g, (text) => encodeURIComponent(text)),
    }),
  );
}

export interface Call {
  /** "host:port" */
  readonly address: string;
  /** "/package.Service/Method" */
  readonly path: string;
  /** For the request to arrive, and for the first sign of a response. A stream may then be silent. */
  readonly timeoutMs: number;
}

/** One call over a connection of its own, so that nothing is left behind. The response is passed on as it arrives. */
export function forwardCall(
  request: IncomingMessage,
  response: ServerResponse,
  { address, path, timeoutMs }: Call,
): void {
  const session = connect(`http://${address}`);
  let isEnded = false;
  const end = (finish: () => void): void => {
    if (isEnded) return;
    isEnded = true;
    clearTimeout(timer);
    finish();
    session.destroy();
  };
  const fail = (reason: string): void => {
    end(() => {
      refuseCall(response, grpcCode.unavailable, `${address}: ${reason}`);
    });
  };
  const onError = (error: Error & { code?: string }): void => {
    fail(error.code ?? error.message);
  };
  const timer = setTimeout(() => {
    if (!request.readableEnded) fail('the request did not arrive');
    else if (!response.headersSent) fail('no answer');
  }, timeoutMs);
  session.on('error', onError);
  response.on('close', () => {
    end(() => undefined);
  });

  const { 'grpc-timeout': grpcTimeout } = request.headers;
  const upstream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc+proto',
    te: 'trailers',
    ...(typeof grpcTimeout === 'string' && /^\d{1,8}[HMSmun]$/.test(grpcTimeout)
      ? { 'grpc-timeout': grpcTimeout }
      : {}),
  });
  upstream.on('error', onError);
  let trailers: Trailers = {};
  const keepTrailers = (headers: IncomingHttpHeaders): void => {
    for (const name of trailerNames) {
      const value = headers[name];
      if (typeof value === 'string') trailers = { ...trailers, [name]: value };
    }
  };
  upstream.on('response', (headers) => {
    // A response that is only an error has its status among the headers.
    keepTrailers(headers);
    const isGrpc = /^application\/grpc(\+proto)?$/.test(headers['content-type'] ?? '');
    if (headers[':status'] !== 200 || !isGrpc) {
      fail(`answers HTTP ${headers[':status'] ?? '?'}, which is not gRPC`);
      return;
    }
    if (isEnded) return;
    response.writeHead(200, webHeaders);
    response.flushHeaders();
  });
  upstream.on('trailers', keepTrailers);
  upstream.on('data', (bytes: Buffer) => {
    if (isEnded || response.write(bytes)) return;
    upstream.pause();
    response.once('drain', () => upstream.resume());
  });
  upstream.on('end', () => {
    if (trailers['grpc-status'] === undefined) fail('the connection broke off');
    else
      end(() => {
        response.end(trailerFrame(trailers));
      });
  });

  let receivedBytes = 0;
  request.on('data', (bytes: Buffer) => {
    receivedBytes += bytes.length;
    if (receivedBytes > maxRequestBytes)
      end(() => {
        refuseCall(response, grpcCode.permissionDenied, 'the request is too large');
      });
    else if (!isEnded) upstream.write(bytes);
  });
  request.on('end', () => {
    if (!isEnded) upstream.end();
  });
}
