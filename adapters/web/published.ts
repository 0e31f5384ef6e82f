// Owns what a page without a token says to whoever reaches it from elsewhere.

const EN =
  'This playground has no token, so it answers only to a browser on the machine that it runs on, at its own address. To open it to others, set WEB_TOKEN to 16 characters or more (openssl rand -hex 16 makes some) and start Rill again.';
const ZH =
  '这个页面没有设置令牌，只回应本机浏览器对本机地址的访问。要让其他人使用，请把 WEB_TOKEN 设为至少 16 个字符（openssl rand -hex 16 可以生成），然后重新启动 Rill。';

export function toPublishedSentence(locale: string | undefined): string {
  return /^zh\b/i.test(locale ?? '') ? ZH : EN;
}
