import { startPuppeteer } from './support/browsers';
import { testVariant } from './support/suite';

// With shared memory the specs of test/browser run.
testVariant({
  name: 'Chromium, without shared memory',
  column: 'Chromium',
  isIsolated: false,
  sharesMemory: false,
  colorScheme: 'light',
  start: (colorScheme) => startPuppeteer('chrome', colorScheme),
});
