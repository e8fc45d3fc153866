#compdef kubectl-capi_pivot kubectl-capi-pivot
# Tab for kubectl-capi_pivot in zsh.
#   source <(kubectl-capi_pivot completion zsh)
# in ~/.zshrc, after compinit; or in a folder of $fpath:
#   kubectl-capi_pivot completion zsh > ~/.zfunc/_kubectl-capi_pivot
# Tab for `kubectl capi-pivot` is kubectl's: see kubectl capi-pivot completion --help

_kubectl-capi_pivot() {
  local -a typed described
  local out line text about directive=4

  # No quotes and no tilde, and of the last word only what stands before the cursor.
  typed=("${(@Q)words[2,CURRENT]}")
  typed[-1]=${(Q)PREFIX}
  typed=("${(@)typed/#\~\//$HOME/}")
  out=$("${(Q)words[1]/#\~\//$HOME/}" __complete "${typed[@]}" 2>/dev/null) || return 0

  # --flag=value: the candidates are values.
  [[ ${typed[-1]} == -*=* ]] && compset -P '*='
  for line in "${(@f)out}"; do
    if [[ $line == :<-> ]]; then
      directive=${line#:}
    elif [[ -n $line ]]; then
      text=${line%%$'\t'*}
      about=${${line#"$text"}#$'\t'}
      described+=("${text//:/\\:}${about:+:$about}")
    fi
  done
  # The last line says whether files may be offered where nothing else fits.
  if (( ${#described} )); then
    _describe -V 'kubectl-capi_pivot' described
  elif ! (( directive & 4 )); then
    _files
  fi
}

if [[ ${funcstack[1]} == _kubectl-capi_pivot ]]; then
  _kubectl-capi_pivot "$@"
else
  compdef _kubectl-capi_pivot kubectl-capi_pivot kubectl-capi-pivot
fi
