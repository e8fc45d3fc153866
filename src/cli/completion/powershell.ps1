# Tab for kubectl-capi_pivot in PowerShell 5.1 or newer. In $PROFILE:
#   kubectl-capi_pivot completion powershell | Out-String | Invoke-Expression
# Tab for `kubectl capi-pivot` is kubectl's: see kubectl capi-pivot completion --help

Register-ArgumentCompleter -Native -CommandName kubectl-capi_pivot, kubectl-capi-pivot -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    # Only what stands before the cursor, without quotes.
    $typed = @($commandAst.CommandElements |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |
        ForEach-Object {
            $text = $_.Extent.Text
            $length = [Math]::Min($text.Length, $cursorPosition - $_.Extent.StartOffset)
            $text.Substring(0, $length).Trim("'`"")
        })
    $program = $typed[0]
    $words = @($typed | Select-Object -Skip 1)

    # An empty word would be lost on its way to the program.
    $mode = if ("$wordToComplete" -eq '') { '__complete_next' } else { '__complete' }
    $lines = @(& $program $mode @words 2>$null)

    # --flag=value: the candidates are values, and PowerShell wants whole words.
    $prefix = ''
    $last = if ("$wordToComplete" -eq '') { '' } else { "$($words[-1])" }
    if ($last -match '^(-[^=]*=)') { $prefix = $Matches[1] }

    foreach ($line in $lines) {
        # The last line is for other shells: where nothing is returned PowerShell offers files.
        if ($line -eq '' -or $line -match '^:\d+$') { continue }
        $text, $about = $line -split "`t", 2
        if (-not $about) { $about = $text }
        [System.Management.Automation.CompletionResult]::new("$prefix$text", $text, 'ParameterValue', $about)
    }
}
