/** Which environment variables may carry an access token. Pure, and the same for everybody who sets one. */

/**
 * Variables that decide which code a program runs or where its traffic goes. A token has no business in
 * them, and whoever could set them could take over the child.
 */
const DENIED = [
  /^PATH$/,
  /^HOME$/,
  /^LD_/,
  /^DYLD_/,
  /^FOB_/,
  /^NODE_(OPTIONS|PATH|EXTRA_CA_CERTS|TLS_REJECT_UNAUTHORIZED)$/,
  /^BASH_ENV$/,
  /^ENV$/,
  /^PROMPT_COMMAND$/,
  /^PYTHON(PATH|STARTUP|HOME)$/,
  /^PERL5(LIB|OPT)$/,
  /^RUBY(LIB|OPT)$/,
  /^JAVA_TOOL_OPTIONS$/,
  /^GIT_(SSH|SSH_COMMAND|EXEC_PATH|ASKPASS|CONFIG.*)$/,
  /^NPM_CONFIG_/i,
  /^(EDITOR|VISUAL|PAGER|BROWSER|SHELL|IFS)$/,
  // A token taken for a host name leaves in a DNS question.
  /_(PROXY|HOST|URL|URI|ENDPOINT|REGISTRY)$/i,
]

/** Says why `name` cannot carry a token, or undefined when it can (POSIX.1-2017 §8.1 names). */
export function variableFault(name: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name)) {
    return `"${name}" is not a variable name: use letters, digits and underscores, not starting with a digit`
  }
  if (DENIED.some((pattern) => pattern.test(name))) {
    return `${name} decides what programs run or where they connect, so fob never puts a token in it`
  }
  return undefined
}
