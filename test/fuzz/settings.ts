/** What `npm run fuzz` asks for, by the environment; without it the short run of `npm test`. */
const number = (name: string): number | undefined => {
  const text = process.env[name];
  return text === undefined || text === '' ? undefined : Number(text);
};

/** Of the first round; each further round adds one. The short run is the same every time. */
export const seed = number('FUZZ_SEED') ?? 20_261_201;
/** Shared by the targets of a test file; the two files run side by side. */
export const minutes = number('FUZZ_MINUTES') ?? 0;
export const casesPerRound = number('FUZZ_CASES') ?? 5000;
/** Of one target: a round of 5,000 takes at most three minutes on a busy machine. */
export const timeoutMs = (minutes + 5 + casesPerRound / 500) * 60_000;
/** Only targets whose name contains this. */
export const onlyTarget = process.env['FUZZ_TARGET'] ?? '';
