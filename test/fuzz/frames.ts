/** gRPC-Web answers as a server may send them: true ones, cut and changed. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { hex } from '@scure/base';
import { GrpcNode } from '../../src/node/api/grpc';
import type { FuzzTarget } from './fuzz';
import { edited } from './inputs';

const api = 'test/data/node/api/grpc/';
const answers = [
  'A_Node_Status',
  'A_Node_Version',
  'A_Smesher_SmesherIDs',
  'A_Smesher_PostSetupStatus',
  'A_PostInfo_PostStates',
  'A_v2alpha1_NetworkInfo',
  'A_v2alpha1_RewardList',
].map((name) => {
  const { response_grpc_frame_hex: frame = '' } = JSON.parse(
    readFileSync(`${api}${name}.json`, 'utf8'),
  ) as { readonly response_grpc_frame_hex?: string };
  return hex.decode(frame);
});
const events = new Uint8Array(
  readFileSync(`${api}A_Admin_EventsStream.grpc.bin`).subarray(0, 2000),
);

const trailers = (text: string): Uint8Array => {
  const body = Buffer.from(text);
  const head = Buffer.from([0x80, 0, 0, 0, 0]);
  head.writeUInt32BE(body.length, 1);
  return new Uint8Array(Buffer.concat([head, body]));
};
const whole = [...answers, events].map(
  (frames) => new Uint8Array(Buffer.concat([frames, trailers('grpc-status: 0\r\n')])),
);

interface Answer {
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly call:
    'status' | 'version' | 'clock' | 'smesherIds' | 'postStates' | 'postSetup' | 'events';
}

/** Every call of a node, answered by `body`. */
async function ask({ body, contentType, call }: Answer): Promise<unknown> {
  const node = new GrpcNode({
    base: 'http://127.0.0.1:1',
    fetch: () =>
      Promise.resolve(
        new Response(new Uint8Array(body), {
          headers: { 'content-type': contentType },
        }),
      ),
  });
  if (call !== 'events') return node[call]();
  const list = [];
  for await (const event of node.events(new AbortController().signal)) list.push(event);
  return list;
}

export const frames: FuzzTarget<Answer> = {
  name: 'gRPC-Web frames',
  inputs: fc.record({
    body: edited(whole),
    contentType: fc.constantFrom(
      'application/grpc-web+proto',
      'application/grpc-web+proto',
      'application/grpc-web-text',
      'text/html',
    ),
    call: fc.constantFrom<Answer['call'][]>(
      ...([
        'status',
        'version',
        'clock',
        'smesherIds',
        'postStates',
        'postSetup',
        'events',
      ] as const),
    ),
  }),
  run: ask,
  bytesOf: ({ body }) => body,
};
