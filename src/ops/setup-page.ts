// Owns the page at `/` of a bot that nobody can reach yet: what is missing, and how to get it. Plain HTML, no scripts.
// Must not know the settings' values, only which are there.

import { createHash } from 'node:crypto';

export interface HomePage {
  readonly html: string;
  /** The Content-Security-Policy that the page can be served with. */
  readonly policy: string;
}

interface Step {
  readonly title: string;
  readonly done: boolean;
  readonly why: string;
  readonly how: readonly string[];
}

const style = `
:root { color-scheme: light dark; --ink: #1d2129; --soft: #5b6472; --line: #dde1e7; --paper: #fff; --ground: #f5f6f8; --mark: #0f6b4f; --code: #eef0f3 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --soft: #9aa4b2; --line: #313843; --paper: #1b2027; --ground: #12161b; --mark: #5fd3a8; --code: #262d37 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.55 system-ui, "Segoe UI", "Noto Sans CJK SC", sans-serif }
main { max-width: 42rem; margin: 0 auto; padding: 3rem 1.25rem 4rem }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .5rem; letter-spacing: -.01em }
.lead, footer { color: var(--soft) }
.lead { margin: 0 0 2rem }
section { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; padding: 1.1rem 1.25rem 1.2rem; margin: 0 0 1rem }
h2 { font-size: 1.06rem; margin: 0; display: flex; justify-content: space-between; align-items: baseline; gap: 1rem }
.state { font-size: .8rem; font-weight: 500; color: var(--soft); white-space: nowrap }
.done .state { color: var(--mark) }
section p { margin: .3rem 0 0; color: var(--soft) }
ol { margin: .7rem 0 0; padding-left: 1.3rem }
li { margin: .25rem 0 }
code, pre { font: .875em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; background: var(--code); border-radius: 4px }
code { padding: .1em .35em; overflow-wrap: anywhere }
pre { padding: .8rem 1rem; overflow-x: auto; margin: .7rem 0 0 }
pre code { padding: 0; background: none; font-size: 1em }
a { color: var(--mark) }
a:focus-visible { outline: 2px solid var(--mark); outline-offset: 2px; border-radius: 2px }
footer { margin-top: 2rem; font-size: .9rem }
`;

/** What is shown of a platform; those that need no set-up are left out. */
interface Wanted {
  readonly title: string;
  readonly setup?: { readonly why: string; readonly how: readonly string[] };
}

/** `hasModel`: a model is configured. None of the platforms is. */
export function setupPage(hasModel: boolean, platforms: readonly Wanted[]): HomePage {
  const model: Step = {
    title: 'A model',
    done: hasModel,
    why: 'Answers come from DeepSeek, or from any server that speaks the same protocol.',
    how: [
      'Make a key at <a href="https://platform.deepseek.com/api_keys">platform.deepseek.com</a>.',
      'Set <code>DEEPSEEK_API_KEY</code>; for another server also <code>DEEPSEEK_BASE_URL</code> and <code>DEEPSEEK_MODEL</code>.',
    ],
  };
  const chats = platforms.flatMap(({ title, setup }) => (setup ? [{ title, done: false, ...setup }] : []));
  const titles = chats.map(({ title }) => `in ${title}`).join(' and ');
  const steps: readonly Step[] = [model, ...chats];
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Rill: almost there</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Rill is running, and nobody can reach it yet</h1>
<p class="lead">It answers ${titles}, once it knows where. One of them is enough, with a model behind it.</p>
${steps.map(toSection).join('\n')}
<section>
<h2>Then</h2>
<p>Put the settings into a file named <code>.env</code> beside <code>package.json</code> (<code>.env.example</code> shows all of them), and start Rill again:</p>
<pre><code>npm start</code></pre>
</section>
<footer>Each step, with every setting, is told in <code>README.md</code>; what to do when something fails, in <code>docs/operating.md</code>.</footer>
</main>
</body>
</html>
`;
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
  return { html, policy };
}

function toSection({ title, done, why, how }: Step): string {
  return `<section${done ? ' class="done"' : ''}>
<h2>${title} <span class="state">${done ? '✓ set' : 'not set'}</span></h2>
<p>${why}</p>
${done ? '' : `<ol>\n${how.map((line) => `<li>${line}</li>`).join('\n')}\n</ol>\n`}</section>`;
}
