# Usage: perl serve.pl      The first process of the guest; its words come over a serial line, many programs at once.
#
# A frame, either way, is "<verb> <id> <length>\n" and so many bytes.
# To us: run (words, each with a NUL after it), input, close (of its input), kill, read|write|remove|list (path NUL text).
# From us: ready, missing, output, complaint, ended (exit code, or nothing for a signal), answer (+text, nothing, !why).
# When the line ends, so does the machine. Perl, because every Debian has it and it starts a program in a tenth of the
# time that a shell takes to unpack and pack what it is told; Node would be half of the machine's memory.
use strict;
use warnings;

# As the system numbers them: so no module is needed that would tell.
my $READ_WRITE = 2;
my $NO_WAIT = 1;
my $NO_SUCH_FILE = 2;
my $INTERRUPTED = 4;
my @FOLDERS = qw(/usr/sbin /usr/bin /sbin /bin /applets);

my $line;
until (sysopen($line, '/dev/vport0p1', $READ_WRITE)) { select(undef, undef, undef, 0.02) }
$ENV{PATH} = join(':', @FOLDERS);
$ENV{LC_ALL} = 'C';
chdir '/';
$SIG{CHLD} = sub { };
$SIG{PIPE} = 'IGNORE';

my %running;    # by id: pid, in, out, err, pending, code
my %id_of;      # by pid
report('ready', 0, '');

my $heard = '';
while (1) {
    my ($readable, $writable) = ('', '');
    vec($readable, fileno($line), 1) = 1;
    my $dying = 0;
    for my $it (values %running) {
        vec($readable, fileno($it->{$_}), 1) = 1 for grep { $it->{$_} } qw(out err);
        vec($writable, fileno($it->{in}), 1) = 1 if $it->{in} && length $it->{pending};
        $dying = 1 unless $it->{out} || $it->{err};
    }
    # A signal that comes between the look at who has ended and this wait would not end it.
    my $count = select($readable, $writable, undef, $dying ? 0.01 : undef);
    if ($count > 0) {
        for my $id (keys %running) {
            my $it = $running{$id};
            feed($it) if $it->{in} && vec($writable, fileno($it->{in}), 1);
            drain($id, $it, 'out', 'output') if $it->{out} && vec($readable, fileno($it->{out}), 1);
            drain($id, $it, 'err', 'complaint') if $it->{err} && vec($readable, fileno($it->{err}), 1);
        }
        listen_up() if vec($readable, fileno($line), 1);
    }
    bury();
}

sub report {
    my ($verb, $id, $text) = @_;
    my $frame = "$verb $id " . length($text) . "\n$text";
    while (length $frame) {
        my $written = syswrite($line, $frame);
        die "line: $!" unless defined $written || $! == $INTERRUPTED;
        substr($frame, 0, $written // 0, '');
    }
}

sub listen_up {
    my $count = sysread($line, $heard, 65536, length $heard);
    return unless defined $count;
    # Nobody is at the other end any more.
    if ($count == 0) { exec '/bin/busybox', 'poweroff', '-f' }
    while ($heard =~ /^(\w+) (\w+) (\d+)\n/ && length($heard) >= $+[0] + $3) {
        my ($verb, $id, $head, $length) = ($1, $2, $+[0], $3);
        my $text = substr($heard, $head, $length);
        substr($heard, 0, $head + $length, '');
        obey($verb, $id, $text);
    }
}

sub obey {
    my ($verb, $id, $text) = @_;
    my $it = $running{$id};
    if ($verb eq 'run') { start($id, split(/\0/, substr($text, 0, -1), -1)) }
    elsif ($verb eq 'input') { $it->{pending} .= $text if $it && $it->{in} }
    elsif ($verb eq 'close') { if ($it) { $it->{closing} = 1; feed($it) } }
    elsif ($verb eq 'kill') { kill 'KILL', $it->{pid} if $it && !exists $it->{code} }
    else {
        my ($path, $more) = split(/\0/, $text, 2);
        my %files = (read => \&read_file, write => \&write_file, remove => \&remove, list => \&list);
        my $answer = eval { $files{$verb}->($path, $more) };
        report('answer', $id, $@ ? "!$@" : defined $answer ? "+$answer" : '');
    }
}

sub start {
    my ($id, $program, @words) = @_;
    my ($path) = grep { -x } $program =~ m{/} ? $program : map { "$_/$program" } @FOLDERS;
    return report('missing', $id, $program) unless $path;
    pipe(my $in, my $feeding) && pipe(my $out, my $printed) && pipe(my $err, my $complained) or die "pipe: $!";
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        $SIG{$_} = 'DEFAULT' for qw(CHLD PIPE);
        open(STDIN, '<&', $in);
        open(STDOUT, '>&', $printed);
        open(STDERR, '>&', $complained);
        # Pipes other than these three are closed by it.
        exec { $path } $program, @words or exit 127;
    }
    $running{$id} = { pid => $pid, in => $feeding, out => $out, err => $err, pending => '', closing => 0 };
    $id_of{$pid} = $id;
}

sub feed {
    my ($it) = @_;
    return unless $it->{in};
    # So much fits into a pipe that is said to have room.
    if (length $it->{pending}) {
        my $written = syswrite($it->{in}, $it->{pending}, 4096);
        if (defined $written) { substr($it->{pending}, 0, $written, '') }
        else { @$it{qw(pending closing)} = ('', 1) }
    }
    if ($it->{closing} && !length $it->{pending}) { close $it->{in}; $it->{in} = undef }
}

sub drain {
    my ($id, $it, $pipe, $verb) = @_;
    my $count = sysread($it->{$pipe}, my $text, 65536);
    return unless defined $count;
    if ($count > 0) { return report($verb, $id, $text) }
    close $it->{$pipe};
    $it->{$pipe} = undef;
}

# As the first process we bury strangers, too.
sub bury {
    while ((my $pid = waitpid(-1, $NO_WAIT)) > 0) {
        my $id = delete $id_of{$pid} // next;
        $running{$id}{code} = $? & 127 ? '' : $? >> 8;
    }
    for my $id (keys %running) {
        my $it = $running{$id};
        next if $it->{out} || $it->{err} || !exists $it->{code};
        report('ended', $id, $it->{code});
        delete $running{$id};
    }
}

sub read_file {
    my ($path) = @_;
    open(my $file, '<', $path) or return $! == $NO_SUCH_FILE ? undef : die "$path: $!\n";
    local $/;
    return scalar(<$file>) // '';
}

sub write_file {
    my ($path, $text) = @_;
    my ($folder, $name) = $path =~ m{^(.*)/([^/]+)$};
    my $made = '';
    for my $part (split m{/}, substr($folder, 1)) { mkdir($made .= "/$part", 0700) }
    umask 077;
    open(my $file, '>', "$folder/.$name.tmp") or die "$path: $!\n";
    print $file $text;
    close $file or die "$path: $!\n";
    umask 022;
    rename("$folder/.$name.tmp", $path) or die "$path: $!\n";
    return '';
}

sub remove {
    my ($path) = @_;
    return system('/bin/busybox', 'rm', '-rf', $path) == 0 ? '' : die "$path\n";
}

sub list {
    my ($path) = @_;
    opendir(my $folder, $path) or return $! == $NO_SUCH_FILE ? '' : die "$path: $!\n";
    return join('', map { "$_\0" } grep { !/^\.\.?$/ } readdir $folder);
}
