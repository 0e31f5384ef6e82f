// `npm run bench -- NAME [OPTIONS]`: which benchmarks there are. Exits with what the benchmark says.

const benchmarks: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  first: async () => {
    await (await import('./first.ts')).first();
    return 0;
  },
  pacing: async (args) => (await import('./pacing.ts')).benchPacing(args),
  stream: async (args) => (await import('./stream.ts')).benchStream(args),
  length: async (args) => (await import('./length.ts')).benchLength(args),
  flood: async (args) => (await import('./flood.ts')).benchFlood(args),
  render: async (args) => (await import('./render.ts')).benchRender(args),
  scale: async (args) => (await import('./scale.ts')).benchScale(args),
};

const [name = '', ...args] = process.argv.slice(2);
const benchmark = benchmarks[name];
if (benchmark === undefined) {
  console.error(`Which one? npm run bench -- ${Object.keys(benchmarks).join(' | ')}`);
  process.exit(2);
}
process.exit(await benchmark(args));
