import { startPuppeteer } from './support/browsers';
import { testVariant } from './support/suite';

testVariant({
  name: 'Firefox, with shared memory',
  column: 'Firefox',
  isIsolated: true,
  sharesMemory: true,
  colorScheme: 'dark',
  start: (colorScheme) => startPuppeteer('firefox', colorScheme),
});
testVariant({
  name: 'Firefox, without shared memory',
  column: 'Firefox',
  isIsolated: false,
  sharesMemory: false,
  colorScheme: 'light',
  start: (colorScheme) => startPuppeteer('firefox', colorScheme),
});
