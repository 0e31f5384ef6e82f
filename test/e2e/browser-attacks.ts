// What somebody may write into the playground to have it run, and what is looked for after it was shown. Texts only.

const url = `javascript:document.title='hit'`;
/** Questions that try to run something, or to leave something behind in the page. */
export const attacks = [
  `<script>document.title='hit'</script>`,
  `<img src=x onerror="document.title='hit'">`,
  `<svg onload=document.title='hit'><a xlink:href="${url}">x</a></svg>`,
  `<iframe srcdoc="<script>parent.document.title='hit'</script>"></iframe>`,
  `<math><mi//xlink:href="data:x,<script>document.title='hit'</script>">`,
  `<form action="${url}"><input type=submit autofocus onfocus=document.title='hit'></form>`,
  `<style>*{background:url("${url}")}</style><link rel=stylesheet href="//evil.example/x.css">`,
  `<base href="//evil.example/"><meta http-equiv=refresh content="0;url=${url}">`,
  `<noscript><p title="</noscript><img src=x onerror=document.title='hit'>">`,
  `<a href="${url}">html link</a> [md](${url}) [tab](java\tscript:document.title='hit')`,
  `[entity](&#106;avascript:document.title='hit') <javascript:document.title='hit'>`,
  `[data](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==) ![i](https://evil.example/i.png)`,
  `![x](x"onerror="document.title='hit') [t](https://a.example "x\\"onmouseover=document.title='hit'")`,
  "```\"><img src=x onerror=document.title='hit'>\ncode\n```",
  '```x onmouseover=alert(1)\ncode\n```',
  `| <img src=x onerror=document.title='hit'> |\n| --- |\n| <details open ontoggle=document.title='hit'> |`,
  `<div style="position:fixed;inset:0" id=app class=app onclick=document.title='hit'>cover</div>`,
  `<template><img src=x onerror=document.title='hit'></template><object data="${url}"></object>`,
];

/** Runs in the page: shows the texts whole, and every beginning of them as a growing answer would. */
export const attack = `async (texts) => {
  const { toFragment, createBody } = await import('/markdown.js');
  const place = document.createElement('div');
  place.id = 'attacked';
  document.body.append(place);
  for (const text of texts) place.append(toFragment(text));
  const grown = document.createElement('div');
  place.append(grown);
  const show = createBody(grown);
  for (const text of texts) for (let end = 1; end <= text.length; end += 1) show(text.slice(0, end));
  for (const link of place.querySelectorAll('a')) link.dispatchEvent(new MouseEvent('mouseover', { bubbles: true }));
}`;

/** Runs in the page: what an attack has left behind. */
export const findTraces = `() => {
  const bad = [];
  const tags = /^(SCRIPT|IMG|SVG|IFRAME|MATH|FORM|INPUT|STYLE|LINK|BASE|META|OBJECT|TEMPLATE|NOSCRIPT)$/i;
  const attacked = document.querySelectorAll('#attacked *, #thread .said *, #thread .body *');
  for (const element of attacked) {
    if (tags.test(element.tagName) && !element.closest('.wave')) bad.push(element.tagName);
    for (const { name, value } of element.attributes) {
      if (name.startsWith('on') || name === 'style' || name === 'id') bad.push(name + '=' + value);
      if (name === 'href' && !/^(https?:|mailto:)/.test(value)) bad.push(name + '=' + value);
    }
    if (element.tagName === 'A' && element.hasAttribute('href') && !/noopener/.test(element.rel))
      bad.push('a link that tells who opened it');
  }
  return { bad, count: attacked.length, title: document.title };
}`;
