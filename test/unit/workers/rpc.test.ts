import * as Comlink from 'comlink';
import { afterEach, describe, expect, test } from 'vitest';
import { WorkbenchError } from '../../../src/base/error';
import { expose, proxy } from '../../../src/workers/rpc';
import { ownScriptUrl } from '../../../src/workers/trusted-types';

class Counter {
  secret = 'key';
  #count = 0;
  readonly inner = { reset: (): number => (this.#count = 0) };
  add(n: number): number {
    return (this.#count += n);
  }
  fail(): never {
    throw new WorkbenchError('too-far', 'It went too far. Stop earlier.', { count: this.#count });
  }
  trap(): never {
    throw new WebAssembly.RuntimeError('memory access out of bounds');
  }
  async twice(callback: (n: number) => Promise<number>): Promise<number> {
    return (await callback(1)) + (await callback(2));
  }
}

const open: MessagePort[] = [];
afterEach(() => {
  for (const port of open.splice(0)) port.close();
});

function offer(api: object): MessagePort {
  const { port1, port2 } = new MessageChannel();
  open.push(port1, port2);
  expose(api, port1);
  port2.start();
  return port2;
}

interface Reply {
  readonly id: string;
  readonly type: string;
  readonly name?: string;
  readonly value?: { readonly workbenchError?: { readonly code: string } };
}

/** Posts a raw message, as a page that does not keep to Comlink's client could. */
function post(port: MessagePort, message: object): Promise<Reply> {
  const id = crypto.randomUUID();
  return new Promise((resolve) => {
    const listen = ({ data }: MessageEvent<Reply>): void => {
      if (data.id !== id) return;
      port.removeEventListener('message', listen);
      resolve(data);
    };
    port.addEventListener('message', listen);
    port.postMessage({ id, ...message });
  });
}

const codeOf = ({ value }: Reply): string | undefined => value?.workbenchError?.code;
const text = (value: string): object => ({ type: 'RAW', value });

describe('expose', () => {
  test('expose: an own method, is called with its arguments and gives its result', async () => {
    const remote = Comlink.wrap<Counter>(offer(new Counter()));
    expect(await remote.add(2)).toBe(2);
    expect(await remote.add(3)).toBe(5);
  });

  test('expose: a method that throws, gives the error with its code and details', async () => {
    const remote = Comlink.wrap<Counter>(offer(new Counter()));
    await remote.add(7);
    await expect(remote.fail()).rejects.toMatchObject({ code: 'too-far', details: { count: 7 } });
  });

  test('expose: a kernel that traps, gives an error that states what to do and names the trap', async () => {
    const remote = Comlink.wrap<Counter>(offer(new Counter()));
    await expect(remote.trap()).rejects.toMatchObject({
      code: 'kernel-stopped',
      message: expect.stringContaining('Start again.') as string,
      details: { trap: 'memory access out of bounds' },
    });
  });

  test('expose: a callback among the arguments, is called back', async () => {
    const remote = Comlink.wrap<Counter>(offer(new Counter()));
    expect(await remote.twice(proxy((n: number) => Promise.resolve(n * 10)))).toBe(30);
  });

  test('expose: methods of an object, are called as those of a class are', async () => {
    const remote = Comlink.wrap<{ double: (n: number) => number }>(
      offer({ double: (n: number) => 2 * n }),
    );
    expect(await remote.double(4)).toBe(8);
  });

  test.each([
    ['the constructor', ['constructor']],
    ['Function by the constructor', ['constructor', 'constructor']],
    ['Function by a method', ['add', 'constructor']],
    ['a call of a method with another this', ['add', 'call']],
    ['a bind of a method', ['add', 'bind']],
    ['the prototype', ['__proto__']],
    ['a method of Object', ['toString']],
    ['a setter of prototypes', ['__defineGetter__']],
    ['hasOwnProperty', ['hasOwnProperty']],
    ['a method within a property', ['inner', 'reset']],
    ['a property that is not a method', ['secret']],
    ['a method that does not exist', ['nothing']],
    ['no method', []],
    ['a path that is not a list', 'add'],
    ['a list as the name of a method', [['add']]],
  ])('expose: a call of %s, is refused', async (_, path) => {
    const port = offer(new Counter());
    const reply = await post(port, {
      type: 'APPLY',
      path,
      argumentList: [text('return globalThis')],
    });
    expect(codeOf(reply)).toBe('call-refused');
  });

  test.each([
    ['GET', { type: 'GET', path: ['secret'] }],
    ['GET of all', { type: 'GET', path: [] }],
    ['SET', { type: 'SET', path: ['add'], value: text('replaced') }],
    ['SET on the prototype', { type: 'SET', path: ['__proto__', 'x'], value: text('polluted') }],
    ['CONSTRUCT', { type: 'CONSTRUCT', path: ['constructor'], argumentList: [] }],
    ['ENDPOINT', { type: 'ENDPOINT' }],
    ['RELEASE of a path', { type: 'RELEASE', path: ['add'] }],
    ['an unknown kind', { type: 'EVAL', path: ['add'] }],
    ['arguments that are not a list', { type: 'APPLY', path: ['add'], argumentList: 'text' }],
    [
      'an argument that throws when it is read',
      {
        type: 'APPLY',
        path: ['add'],
        argumentList: [{ type: 'HANDLER', name: 'throw', value: { isError: false, value: 1 } }],
      },
    ],
    [
      'an argument of an unknown handler',
      { type: 'APPLY', path: ['add'], argumentList: [{ type: 'HANDLER', name: 'toString' }] },
    ],
  ])('expose: %s, is refused and the API stays as it was', async (_, message) => {
    const port = offer(new Counter());
    expect(codeOf(await post(port, message))).toBe('call-refused');
    expect('x' in {}).toBe(false);
    const reply = await post(port, {
      type: 'APPLY',
      path: ['add'],
      argumentList: [{ type: 'RAW', value: 4 }],
    });
    expect(reply).toMatchObject({ type: 'RAW', value: 4 });
  });

  test('expose: messages of no known form, are passed over', async () => {
    const port = offer(new Counter());
    for (const message of [null, undefined, 0, 'text', [], { type: 'APPLY' }, { id: 5 }])
      port.postMessage(message);
    expect(await Comlink.wrap<Counter>(port).add(1)).toBe(1);
  });
});

describe('proxy', () => {
  test('proxy: a callback, can be called and nothing else can be asked of it', async () => {
    let port: MessagePort | undefined;
    interface Taker {
      take(callback: unknown): void;
    }
    const { port1, port2 } = new MessageChannel();
    open.push(port1, port2);
    const arrived = new Promise<void>((resolve) => {
      port1.addEventListener('message', ({ data }: MessageEvent) => {
        const { argumentList } = data as { argumentList: { value: MessagePort }[] };
        port = argumentList[0]?.value;
        resolve();
      });
    });
    port1.start();
    void Comlink.wrap<Taker>(port2).take(proxy((n: number) => n + 1));
    await arrived;
    if (!port) throw new Error('no port arrived');
    open.push(port);
    port.start();
    for (const message of [
      { type: 'APPLY', path: ['constructor'], argumentList: [text('return globalThis')] },
      { type: 'APPLY', path: ['call'], argumentList: [] },
      { type: 'GET', path: ['constructor'] },
      { type: 'CONSTRUCT', path: [], argumentList: [] },
      { type: 'ENDPOINT' },
    ])
      expect(codeOf(await post(port, message))).toBe('call-refused');
    expect(
      await post(port, { type: 'APPLY', path: [], argumentList: [{ type: 'RAW', value: 1 }] }),
    ).toMatchObject({ value: 2 });
  });
});

describe('ownScriptUrl', () => {
  const base = new URL('https://example.org/tools/workbench/');

  test('ownScriptUrl: a script below the deployment, gives its address', () => {
    expect(ownScriptUrl('./assets/state.worker-1.js', base)).toBe(
      'https://example.org/tools/workbench/assets/state.worker-1.js',
    );
  });

  test.each([
    'https://elsewhere.org/tools/workbench/x.js',
    '//elsewhere.org/tools/workbench/x.js',
    'http://example.org/tools/workbench/x.js',
    'https://example.org:444/tools/workbench/x.js',
    '../other/x.js',
    './assets/../../x.js',
    './assets/%2e%2e/%2e%2e/x.js',
    '/tools/workbench-2/x.js',
    'data:text/javascript,0',
    'blob:https://example.org/tools/workbench/1',
    'javascript:0',
  ])('ownScriptUrl: %s, throws', (url) => {
    expect(() => ownScriptUrl(url, base)).toThrow(TypeError);
  });
});
