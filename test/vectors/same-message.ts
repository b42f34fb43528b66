/** Whether a message is as recorded: exactly when its text is Argo's own, else by its prefix, if there is one. */
export function sameMessage(
  message: string,
  wanted: string,
  { messageFrom, messagePrefix }: Readonly<Record<string, unknown>>,
): boolean {
  if (messageFrom === 'argo') return message === wanted;
  return message !== '' && message.startsWith(typeof messagePrefix === 'string' ? messagePrefix : '');
}
