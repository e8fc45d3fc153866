# Tab for kubectl-capi_pivot in fish.
#   kubectl-capi_pivot completion fish > ~/.config/fish/completions/kubectl-capi_pivot.fish
# Tab for `kubectl capi-pivot` is kubectl's: see kubectl capi-pivot completion --help

function __kubectl_capi_pivot_complete
    set -l typed (commandline -opc)
    set -l current (commandline -ct)
    set -l program $typed[1]
    set -e typed[1]
    set -l lines ($program __complete $typed "$current" 2>/dev/null)
    or return

    # --flag=value: the candidates are values, and fish wants whole words.
    set -l prefix (string match -r -- '^-.*?=' $current)
    set -l directive (string match -r -- '^:(\d+)$' $lines[-1])[2]
    set -e lines[-1]
    if test (count $lines) -gt 0
        printf '%s\n' "$prefix"$lines
    else if test "$directive" = 0
        # The last line says that files may be offered.
        for path in (__fish_complete_path (string replace -- "$prefix" '' $current))
            echo "$prefix$path"
        end
    end
end

complete -c kubectl-capi_pivot -f -k -a '(__kubectl_capi_pivot_complete)'
complete -c kubectl-capi-pivot -f -k -a '(__kubectl_capi_pivot_complete)'
