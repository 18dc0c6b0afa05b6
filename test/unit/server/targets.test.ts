import { describe, expect, test } from 'vitest';
import { readArguments } from '../../../src/server/targets';

describe('readArguments', () => {
  test('readArguments: nodes and services, gives their addresses by role', () => {
    expect(
      readArguments([
        ...['--node', 'home=127.0.0.1:9092,127.0.0.1:9093'],
        ...['--node', 'n2:1,,n2:3'],
        ...['--post-service', '[::1]:50051'],
        ...['--k2pow', 'https://pow.lan/all/'],
        ...['--origin', 'https://its.address/some/page'],
        ...['--bridge-port', '65535'],
      ]),
    ).toEqual({
      origin: 'https://its.address',
      port: 65_535,
      nodes: [
        { name: 'home', public: '127.0.0.1:9092', private: '127.0.0.1:9093' },
        { public: 'n2:1', post: 'n2:3' },
      ],
      postServices: ['http://[::1]:50051'],
      powServices: ['https://pow.lan/all'],
    });
  });

  test('readArguments: nothing, gives no target and the usual port', () => {
    expect(readArguments([])).toMatchObject({ origin: undefined, port: 4174, nodes: [] });
  });

  test.each([
    ['--node', 'x'],
    ['--node', 'a:1/x'],
    ['--node', ','],
    ['--node', 'a:0'],
    ['--node', 'a:65536'],
    ['--node', 'a:99999'],
    ['--node', 'a:1,b:2,c:3,d:4'],
    ['--node', 'user@a:1'],
    ['--post-service', ''],
    ['--post-service', 'a:65536'],
    ['--post-service', 'http://a:0'],
    ['--k2pow', 'http://user:secret@pow.lan'],
    ['--k2pow', 'file:///etc/passwd'],
    ['--k2pow', 'http://pow.lan/?to=elsewhere'],
    ['--origin', 'its.address'],
    ['--origin', 'file:///tmp'],
    ['--bridge-port', '0'],
    ['--bridge-port', '65536'],
    ['--bridge-port', '4174x'],
    ['--bridge-port', ''],
    ['--what', '1'],
  ])('readArguments: %s %s, throws and names the option', (option, value) => {
    expect(() => readArguments([option, value])).toThrow(
      expect.objectContaining({
        code: 'bridge-argument',
        message: expect.stringContaining(option) as string,
      }) as Error,
    );
  });
});
