# Tab for kubectl-capi_pivot in bash 3.2 or newer.
#   source <(kubectl-capi_pivot completion bash)
# in ~/.bashrc, or, with the package bash-completion:
#   kubectl-capi_pivot completion bash > ~/.local/share/bash-completion/completions/kubectl-capi_pivot
# Tab for `kubectl capi-pivot` is kubectl's: see kubectl capi-pivot completion --help

_kubectl_capi_pivot() {
  local rest=${COMP_LINE:0:COMP_POINT} words=() word spaces out i

  # Bash cuts words at = and : too. What has no space in between is one word.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    spaces=${rest%%[![:space:]]*}
    rest=${rest#"$spaces"}
    if ((i == COMP_CWORD)); then word=$rest; else word=${COMP_WORDS[i]}; fi
    rest=${rest#"$word"}
    if [[ -n $spaces || $i -eq 0 ]]; then
      words[${#words[@]}]=$word
    else
      words[${#words[@]} - 1]+=$word
    fi
  done

  # No eval: a command line that is being typed must not run.
  for i in "${!words[@]}"; do
    word=${words[i]//[\"\'\\]/}
    words[i]=${word/#\~\//$HOME/}
  done
  out=$("${words[0]}" __complete "${words[@]:1}" 2>/dev/null) || return 0

  # The last line says whether files may be offered where nothing else fits.
  if ((${out##*:} & 4)) && type compopt &>/dev/null; then compopt +o default; fi
  out=${out%:*}

  local current=${words[${#words[@]} - 1]} replaced=
  [[ $current == -*=* ]] && current=${current#*=}
  # Of a word with colons bash replaces what follows the last one.
  [[ $COMP_WORDBREAKS == *:* && $current == *:* ]] && replaced=${current%"${current##*:}"}
  while IFS=$'\t' read -r word _; do
    if [[ -n $word && $word == "$current"* ]]; then
      printf -v word %q "${word#"$replaced"}"
      COMPREPLY[${#COMPREPLY[@]}]=$word
    fi
  done <<<"$out"
}

complete -o default -F _kubectl_capi_pivot kubectl-capi_pivot kubectl-capi-pivot
