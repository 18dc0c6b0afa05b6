import { expect, test } from 'vitest';
import { canShareMemory, hasSharedMemory } from '../../../src/base/shared-memory';

test('hasSharedMemory: in Node, is true', () => {
  expect(hasSharedMemory()).toBe(true);
});

test('canShareMemory: without SharedArrayBuffer, is false', () => {
  expect(canShareMemory({ MessageChannel })).toBe(false);
  expect(canShareMemory({ SharedArrayBuffer: undefined, MessageChannel })).toBe(false);
});

test('canShareMemory: a buffer that cannot be sent, is false and closes both ports', () => {
  const closed: MessagePort[] = [];
  class RefusingChannel extends MessageChannel {
    constructor() {
      super();
      this.port1.postMessage = () => {
        throw new DOMException('The object can not be cloned.', 'DataCloneError');
      };
      for (const port of [this.port1, this.port2]) {
        const close = port.close.bind(port);
        port.close = () => {
          closed.push(port);
          close();
        };
      }
    }
  }
  expect(canShareMemory({ SharedArrayBuffer, MessageChannel: RefusingChannel })).toBe(false);
  expect(closed).toHaveLength(2);
});
