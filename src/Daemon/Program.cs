Console.WriteLine("fastflannel");
