import { startWebKit } from './support/browsers';
import { testVariant } from './support/suite';

// As Debian ships it: the page is isolated, and has no SharedArrayBuffer.
testVariant({
  name: 'WebKit, without shared memory',
  column: 'WebKitGTK',
  isIsolated: true,
  sharesMemory: false,
  colorScheme: 'light',
  start: (colorScheme) => startWebKit(false, colorScheme),
});
// The nearest to Safari.
testVariant({
  name: 'WebKit, with shared memory',
  column: 'WebKitGTK',
  isIsolated: true,
  sharesMemory: true,
  colorScheme: 'dark',
  start: (colorScheme) => startWebKit(true, colorScheme),
});
