// Owns the colours in code: comments, strings, numbers and the usual keywords. Small, and right often enough to help the eye.

const KEYWORDS = new Set(
  `abstract as async await bool boolean break case catch char class const continue def default defer del do double elif else enum
  except export extends false False final finally float fn for foreach from func function go if impl implements import in int
  interface is lambda let long loop match mod module mut namespace new nil None not null number object of or and override package
  pass private protected pub public raise readonly return self short static string struct super switch this throw throws trait
  true True try type typeof undefined union unsafe use using val var void volatile where while with yield
  then fi done esac echo export local select insert update delete create table join left right on group by order limit values set
  into SELECT FROM WHERE INSERT UPDATE DELETE CREATE TABLE JOIN LEFT RIGHT ON GROUP BY ORDER LIMIT VALUES SET INTO AND OR NOT NULL AS`.split(
    /\s/,
  ),
);

const HASH =
  /^(bash|sh|shell|zsh|console|python|py|ruby|rb|yaml|yml|toml|dockerfile|makefile|perl|r|ini|env)$/;
const DASH = /^(sql|lua|haskell|hs)$/;

// Every one matches whether it is closed or not, and none without an end to it: no place in the code is looked at twice.
const STRING = String.raw`"(?:[^"\\\n]|\\.){0,4000}"?|'(?:[^'\\\n]|\\.){0,4000}'?|\x60(?:[^\x60\\]|\\[\d\D]){0,4000}\x60?`;
const REST = String.raw`(?<number>\b\d[\w.]{0,100})|(?<word>[\p{L}_$][\p{L}\p{N}_$]{0,100})`;

function toPattern(language) {
  const comment = HASH.test(language)
    ? String.raw`(?:(?<=^|\s)#[^\n]{0,1000})`
    : DASH.test(language)
      ? String.raw`--[^\n]{0,1000}`
      : String.raw`\/\/[^\n]{0,1000}|\/\*(?:[^*]|\*(?!\/)){0,8000}(?:\*\/)?`;
  return new RegExp(`(?<comment>${comment})|(?<string>${STRING})|${REST}`, 'gu');
}

/** Text that no colour would help. */
const PLAIN = /^(|text|txt|plain|markdown|md|log|output)$/;

/** The code as a fragment of text and `<span class="hl-…">`. */
export function highlight(code, language) {
  const fragment = document.createDocumentFragment();
  const name = language.toLowerCase();
  if (PLAIN.test(name) || code.length > 20_000) {
    fragment.append(code);
    return fragment;
  }
  let done = 0;
  for (const match of code.matchAll(toPattern(name))) {
    const { comment, string, number, word } = match.groups;
    const kind = comment
      ? 'comment'
      : string
        ? 'string'
        : number
          ? 'number'
          : KEYWORDS.has(word) && code[match.index - 1] !== '.'
            ? 'keyword'
            : '';
    if (kind === '') continue;
    const span = document.createElement('span');
    span.className = `hl-${kind}`;
    span.textContent = match[0];
    fragment.append(code.slice(done, match.index), span);
    done = match.index + match[0].length;
  }
  fragment.append(code.slice(done));
  return fragment;
}
