#!/usr/bin/env node
/*
 * The launcher of the `fob` command. Committed, because npm links a command only if its file is there when
 * the package is installed. Checks the Node version first, in syntax that old Nodes parse.
 */
'use strict'
var parts = process.versions.node.split('.')
if (Number(parts[0]) < 20 || (Number(parts[0]) === 20 && Number(parts[1]) < 19)) {
  console.error('fob needs Node 20.19 or newer; this is ' + process.version + '.')
  process.exit(6)
}

function load(name) {
  try {
    return require('./dist/' + name)
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND' || !/dist/.test(error.message)) throw error
    console.error('fob is not built yet.\n     fix: npm run build')
    process.exit(6)
  }
}

// `fob token` runs in loops and git waits for its helper, so both have a way without parser and HTTP library.
if (process.argv[2] === 'token') {
  load('fast.cjs').fast(process.argv.slice(3), function () {
    load('command.cjs')
  })
} else if (
  process.argv[2] === 'credential' &&
  process.argv[3] === 'git' &&
  /^[a-z]+$/.test(process.argv[4] || '')
) {
  load('git.cjs').run(process.argv[4])
} else {
  load('command.cjs')
}
