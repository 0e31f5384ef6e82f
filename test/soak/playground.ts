// Owns the playground's part of a soak: visitors who read along by the live stream, some of them with breaks, and ask in it.
// Must not know what is measured.

interface Page {
  readonly thread: string;
  readonly state: string;
}

export interface Visitors {
  /** Resolves to the question's id. */
  ask(text: string): Promise<string>;
  /** Whether the question has an answer, and all of its pages have ended. */
  isEnded(question: string): boolean;
  isComplete(question: string): boolean;
  /** One reader leaves, and comes back where it was. */
  leave(): void;
  close(): Promise<void>;
}

/** Reads all events of a stream; for each that tells of a page, what state it is in. */
export async function visitPlayground(url: string): Promise<Visitors> {
  const home = await fetch(url);
  await home.arrayBuffer();
  const cookie = home.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
  const pages = new Map<string, Page>();
  const closing = new AbortController();
  let reading = new AbortController();
  let after = '';

  const take = (block: string): void => {
    const field = (name: string) =>
      block
        .split('\n')
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2);
    after = field('id') ?? after;
    const data = JSON.parse(field('data') ?? '{}');
    const messages = field('event') === 'snapshot' ? data.messages : data.message ? [data.message] : [];
    for (const { id, thread, page } of messages) if (page) pages.set(id, { thread, state: page.state });
    const known = pages.get(data.id);
    if (known !== undefined && data.page) pages.set(data.id, { ...known, state: data.page.state });
  };
  const follow = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      try {
        const headers = {
          cookie,
          'accept-encoding': 'identity',
          ...(after === '' ? {} : { 'last-event-id': after }),
        };
        const { body } = await fetch(`${url}/live`, { headers, signal: reading.signal });
        let rest = '';
        for await (const piece of body?.pipeThrough(new TextDecoderStream()) ?? []) {
          const blocks = (rest + piece).split('\n\n');
          rest = blocks.pop() ?? '';
          for (const block of blocks) take(block);
        }
      } catch {
        // It left, or the program has ended.
        reading = new AbortController();
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
    }
  };
  const followed = follow();

  const pagesOf = (question: string) => [...pages.values()].filter(({ thread }) => thread === question);
  return {
    async ask(text) {
      const answer = await fetch(`${url}/messages`, {
        method: 'POST',
        headers: { cookie, origin: url, 'content-type': 'application/json' },
        body: JSON.stringify({ channel: 'help', text: `@Rill ${text}` }),
      });
      const { id } = (await answer.json()) as { id: string };
      return id;
    },
    isEnded: (question) =>
      pagesOf(question).length > 0 && pagesOf(question).every(({ state }) => state !== 'writing'),
    isComplete: (question) => pagesOf(question).at(-1)?.state === 'complete',
    leave: () => reading.abort(),
    async close() {
      closing.abort();
      reading.abort();
      await followed;
    },
  };
}
