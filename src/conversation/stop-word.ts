// Owns which words mean "stop writing" when they are all that somebody says to the bot.

const STOP_WORDS = /^(stop|cancel|停|停止|停下|取消)[.!。！]?$/i;

export function isStopWord(text: string): boolean {
  return STOP_WORDS.test(text.trim());
}
