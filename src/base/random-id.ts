import { toHex } from './bytes';

/** 128 random bits in hex. `crypto.randomUUID` is missing on insecure origins: plain HTTP to another computer. */
export const randomId = (): string => toHex(crypto.getRandomValues(new Uint8Array(16)));
