/** What the tokens of known providers begin with, as a part of a regular expression; a JWT says so by itself. */
export const TOKEN_BEGINNINGS = String.raw`gh[opusr]_|github_pat_|glpat-|xox[a-z]-|xoxe[.-]|ccipat_|CCIPAT_|npm_|ya29\.|ATATT3`
